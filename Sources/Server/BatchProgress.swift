/// How much of a batch is answered.
struct BatchProgress {
  /// Where its replies begin in the output.
  var start: Int
  /// How many of its entries are answered.
  var answeredCount = 0

  init(start: Int) { self.start = start }
}

/// How far a batch is answered.
struct BatchProgress {
  /// Where its replies begin.
  var start: Int
  /// How many of its entries are answered.
  var answeredCount = 0

  init(start: Int) { self.start = start }
}

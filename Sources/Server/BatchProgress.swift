/// How far a batch is answered.
struct BatchProgress {
  /// Where its replies begin.
  let start: Int
  /// How many of its entries are answered.
  var answeredCount = 0
}

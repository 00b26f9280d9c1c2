/// How far a batch is answered.
struct BatchProgress {
  /// Where its replies begin.
  var start: Int
  /// How many of its entries are answered.
  var answeredCount = 0

  init(start: Int) { self.start = start }

  /// To be called when something was put into the replies; what stands before the batch moves it.
  mutating func move(by inserted: [(place: Int, count: Int)]) {
    let before = start
    for part in inserted where part.place <= before { start += part.count }
  }
}

internal import Contract

struct Offset: WholeNumber {
  static let range = 0...Int.max
  let value: Int

  init(unchecked value: Int) { self.value = value }
}

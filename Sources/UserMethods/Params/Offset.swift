internal import Contract

struct Offset: IntegerParam {
  static let range = 0...Int.max
  let value: Int

  init(unchecked value: Int) { self.value = value }
}

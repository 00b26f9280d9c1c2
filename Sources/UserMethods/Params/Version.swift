internal import Contract

struct Version: IntegerParam {
  static let range = 1...Int.max
  let value: Int

  init(unchecked value: Int) { self.value = value }
}

import Contract
import JSON

/// How what people bring is to be read, as far as they say so.
struct InputForm {
  var format: RowFormat?
  var encoding: String?
  /// Where in a JSON document the list is.
  var pointer: String?
  var delimiter: UInt8?
  var isPlain = false
  var mapping = Mapping()

  func steps() throws -> [String]? {
    guard let pointer else { return nil }
    guard let steps = JSONPointer.steps(pointer) else {
      throw UsageError("--at is a path such as /result/users, not \(pointer)")
    }
    return steps
  }
}

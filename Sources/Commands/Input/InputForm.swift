import Contract
import JSON

/// The options for reading a file.
struct InputForm {
  var format: RowFormat?
  var encoding: String?
  /// The JSON pointer to the list in a document.
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

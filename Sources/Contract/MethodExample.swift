/// A call and its answer, shown in documents. The examples of a catalogue are one story, told in its
/// order; a test replays it against a live server.
public struct MethodExample: Sendable {
  /// What it shows.
  public let name: String
  /// In the order of the document: the method's, but what is required stands first.
  public let params: [(name: String, value: ExampleValue)]
  public let result: ExampleValue
  /// What the example leaves out of its result, if it does.
  public let omission: String?

  public init(
    _ name: String, _ params: KeyValuePairs<String, ExampleValue>, result: ExampleValue,
    omission: String? = nil
  ) {
    self.name = name
    self.params = params.map { ($0.key, $0.value) }
    self.result = result
    self.omission = omission
  }
}

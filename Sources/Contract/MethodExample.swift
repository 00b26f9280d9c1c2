/// A call and its result, shown in documents. The examples of a catalogue build on each other in
/// its order; a test replays them against a live server.
public struct MethodExample: Sendable {
  /// What the example shows.
  public let name: String
  /// In the order of the document: that of the method, but with required params first.
  public let params: [(name: String, value: ExampleValue)]
  public let result: ExampleValue
  /// What the example leaves out of its result; nil for nothing.
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

internal import Contract
internal import JSON
internal import UserMethods
internal import Users

extension Session {
  /// Adds the lookups that a message will need, as far as its params show.
  mutating func addLookups(of line: UnsafeBufferPointer<UInt8>, to lookups: inout [Lookup]) {
    do throws(JSONSyntaxError) {
      let value = try parser.parse(line, takingLoneSurrogates: true)
      if value.kind != .array { return addLookups(of: value, to: &lookups) }
      for entry in value.elements { addLookups(of: entry, to: &lookups) }
    } catch {
      // The message is refused when it is answered.
    }
  }

  private func addLookups(of value: JSONValue, to lookups: inout [Lookup]) {
    guard let name = value.field("method") else { return }
    var (method, params) = (catalog.method(named: name), value.field("params"))
    if name.equals("tools/call"), let tool = params?.field("name") {
      method = catalog.methods.first { $0.description.toolName == tool.string }
      params = params?.field("arguments")
    }
    if let known = method?.params(params) as? any ForeseenParams { lookups += known.lookups }
  }
}

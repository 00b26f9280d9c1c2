/// Writes JSON in canonical form: without white space, fields sorted by the bytes of their names,
/// no unnecessary escape. Numbers keep their text.
extension ByteBuffer {
  public mutating func append(canonical value: JSONValue) {
    switch value.kind {
    case .object:
      append(UInt8(ascii: "{"))
      let fields = value.fields.map { (name: $0.key.content, value: $0.value) }
      for field in fields.sorted(by: { $0.name.lexicographicallyPrecedes($1.name) }) {
        if bytes.last != UInt8(ascii: "{") { append(UInt8(ascii: ",")) }
        field.name.withUnsafeBufferPointer { write(utf8: $0) }
        append(UInt8(ascii: ":"))
        append(canonical: field.value)
      }
      append(UInt8(ascii: "}"))
    case .array:
      append(UInt8(ascii: "["))
      for element in value.elements {
        self.element()
        append(canonical: element)
      }
      append(UInt8(ascii: "]"))
    case .string: value.content.withUnsafeBufferPointer { write(utf8: $0) }
    default: append(value.text)
    }
  }
}

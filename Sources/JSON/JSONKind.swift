public enum JSONKind: UInt8, Sendable {
  case null, `true`, `false`, number, string, array, object
}

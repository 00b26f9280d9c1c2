/// How accounts are written down.
struct ExportForm {
  var hasDeleted = false
  var delimiter = UInt8(ascii: ",")
  /// Whether cells that a spreadsheet would run are left as they are.
  var isPlain = false
  /// Whether a byte order mark comes first.
  var hasMark = false
}

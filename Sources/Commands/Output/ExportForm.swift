/// The options for writing accounts.
struct ExportForm {
  var hasDeleted = false
  var delimiter = UInt8(ascii: ",")
  /// Whether cells that a spreadsheet would run as a formula stay unmarked.
  var isPlain = false
  /// Whether to begin with a byte order mark.
  var hasMark = false
}

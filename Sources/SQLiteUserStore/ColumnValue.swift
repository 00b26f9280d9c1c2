/// The value of a column of a borrowed row.
enum ColumnValue: Equatable {
  case number(Int64?)
  case text(UnsafeBufferPointer<UInt8>?)
  case blob(UnsafeBufferPointer<UInt8>)

  static func == (one: ColumnValue, other: ColumnValue) -> Bool {
    switch (one, other) {
    case (.number(let one), .number(let other)): return one == other
    case (.text(let one), .text(let other)):
      guard let one, let other else { return one == nil && other == nil }
      return one.elementsEqual(other)
    case (.blob(let one), .blob(let other)): return one.elementsEqual(other)
    default: return false
    }
  }
}

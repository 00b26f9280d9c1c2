internal import CUnicode

extension String {
  /// How many columns of a terminal this text takes, if it has no control characters.
  public var displayWidth: Int { unicodeScalars.reduce(0) { $0 + $1.displayWidth } }

  /// This text in at most `width` columns; what is cut off is marked by `…`.
  public func fitting(_ width: Int) -> String {
    if displayWidth <= width { return self }
    var (shown, left) = ("", width - 1)
    for character in self {
      left -= String(character).displayWidth
      if left < 0 { break }
      shown.append(character)
    }
    return width > 0 ? shown + "…" : ""
  }
}

extension Unicode.Scalar {
  fileprivate var displayWidth: Int {
    // ASCII needs no table.
    isASCII ? 1 : max(0, Int(roster_display_width(value)))
  }
}

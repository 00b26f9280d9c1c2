// The standard library's own normalization, which Foundation builds on too; it has no public name
// yet, and linking Foundation for it would triple the time to start.
@_spi(_Unicode) import Swift

/// Unicode as Roster compares and keeps it.
public enum Fold {
  /// Normalization form C. ASCII is left as it is.
  public static func composed(_ text: String) -> String {
    if text.isASCII { return text }
    var scalars = String.UnicodeScalarView()
    scalars.append(contentsOf: text._nfc)
    return String(scalars)
  }

  /// For searching and sorting: without case and without accents.
  public static func searchable(_ text: String) -> String {
    let lower = text.lowercased()
    if lower.isASCII { return lower }
    var scalars = String.UnicodeScalarView()
    for scalar in lower._nfd where scalar.properties.generalCategory != .nonspacingMark {
      scalars.append(scalar)
    }
    return String(scalars)
  }
}

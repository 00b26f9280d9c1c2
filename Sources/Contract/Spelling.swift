/// Suggestions for misspelled names.
public enum Spelling {
  /// The candidate with the smallest edit distance. nil if that distance exceeds both two bytes and
  /// a quarter of the bytes of `name`, of which the first 64 are compared.
  public static func nearest(to name: String, in candidates: [String]) -> String? {
    let letters = Array(name.utf8.prefix(64))
    let ranked = candidates.map { (distance(letters, Array($0.utf8)), $0) }
    guard let best = ranked.min(by: { $0.0 < $1.0 }), best.0 <= max(2, letters.count / 4) else {
      return nil
    }
    return best.1
  }

  /// How many bytes to insert, remove or replace (Levenshtein distance).
  private static func distance(_ one: [UInt8], _ other: [UInt8]) -> Int {
    var row = Array(0...other.count)
    for (i, letter) in one.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, candidate) in other.enumerated() {
        let replaced = diagonal + (letter == candidate ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
      }
    }
    return row[other.count]
  }
}

import Foundation

/// A page of the documents, and the tables between the markers in it:
///
///     <!-- generated: NAME -->
///     …
///     <!-- end -->
struct MarkedPage {
  static let remedy = "run UPDATE_SCHEMA=1 swift test --filter StyleTests"

  /// Of the file, such as `Methods.md`.
  let name: String
  let text: String

  /// What stands between two markers.
  private struct Section {
    let table: String
    /// Where its first marker is, from 1 on.
    let line: Int
    /// The lines between the markers; nil where the second one is missing.
    var content: Range<Int>?
  }

  private var lines: [String] { text.components(separatedBy: "\n") }

  /// The sections of the page in their order, and the markers that belong to none.
  private func read() -> (sections: [Section], strays: [(line: Int, marker: String)]) {
    var sections: [Section] = []
    var strays: [(line: Int, marker: String)] = []
    var open: Section?
    var isInCode = false
    for (at, line) in lines.enumerated() {
      let marker = line.trimmingCharacters(in: .whitespaces)
      if marker.hasPrefix("```") { isInCode.toggle() }
      if isInCode || !marker.hasPrefix("<!--") { continue }
      if let match = marker.wholeMatch(of: /<!-- generated: (\S+) -->/) {
        if let open { sections.append(open) }
        open = Section(table: String(match.1), line: at + 1)
      } else if marker == "<!-- end -->", var section = open {
        section.content = section.line..<at
        sections.append(section)
        open = nil
      } else if marker.prefixMatch(of: /<!--\s*(generated|end)\b/) != nil {
        strays.append((at + 1, marker))
      }
    }
    if let open { sections.append(open) }
    return (sections, strays)
  }

  /// The names of the tables that the page holds.
  var tables: Set<String> { Set(read().sections.map(\.table)) }

  /// All that is wrong with the page's tables, which should be `known`.
  func problems(_ known: [String: String]) -> [String] {
    let (sections, strays) = read()
    let lines = lines
    return sections.compactMap { section in
      let place = "\(name):\(section.line): "
      guard let expected = known[section.table] else {
        let names = known.keys.sorted().joined(separator: ", ")
        return place + "there is no table \(section.table); there are \(names)"
      }
      guard let content = section.content else {
        return place + "the table \(section.table) has no <!-- end --> after it"
      }
      if Self.table(in: lines[content]) == expected { return nil }
      return place + "the table \(section.table) is out of date: \(Self.remedy)"
    } + strays.map { "\(name):\($0.line): \($0.marker) marks no table" }
  }

  /// The page with the tables that are `known` in the place of what stands between the markers.
  func updated(_ known: [String: String]) -> String {
    var lines = lines
    for section in read().sections.reversed() {
      guard let table = known[section.table], let content = section.content,
        Self.table(in: lines[content]) != table
      else { continue }
      lines.replaceSubrange(content, with: ["", table])
    }
    return lines.joined(separator: "\n")
  }

  /// Blank lines around a table are as good as none.
  private static func table(in lines: ArraySlice<String>) -> String {
    lines.drop { $0.isEmpty }.reversed().drop { $0.isEmpty }.reversed().map { $0 + "\n" }.joined()
  }
}

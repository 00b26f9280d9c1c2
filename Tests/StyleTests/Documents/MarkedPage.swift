import Foundation

/// A page of the documents, and the tables between the markers in it:
///
///     <!-- generated: NAME -->
///     …
///     <!-- end -->
struct MarkedPage {
  static let remedy = "run UPDATE_SCHEMA=1 swift test --filter StyleTests"

  /// The name of the file, such as `Methods.md`.
  let name: String
  let text: String

  /// A table between two markers.
  private struct Section {
    let table: String
    /// The line number of its first marker, from 1.
    let line: Int
    /// The range of the lines between the markers; nil if the second marker is missing.
    var content: Range<Int>?
  }

  private var lines: [String] { text.components(separatedBy: "\n") }

  /// The sections of the page in order, and the markers that belong to no section.
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

  /// The names of the tables on the page.
  var tables: Set<String> { Set(read().sections.map(\.table)) }

  /// The problems of the page's tables, compared with the `known` tables.
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

  /// The text of the page, with the `known` tables between their markers.
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

  /// The table without the blank lines around it.
  private static func table(in lines: ArraySlice<String>) -> String {
    lines.drop { $0.isEmpty }.reversed().drop { $0.isEmpty }.reversed().map { $0 + "\n" }.joined()
  }
}

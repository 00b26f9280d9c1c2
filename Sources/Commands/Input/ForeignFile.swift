import Contract

/// File formats that an import can't read, detected by their first bytes, and what to do instead.
enum ForeignFile: CaseIterable {
  case gzip, bzip2, xz, zstd, excel, zip, oldExcel, sqlite, pdf, ldif, vCard, markup, utf32, utf16,
    binary

  static func of(_ head: UnsafeBufferPointer<UInt8>) -> ForeignFile? {
    allCases.first { $0.begins(Array(head.prefix(4096))) }
  }

  private func begins(_ head: [UInt8]) -> Bool {
    switch self {
    case .gzip: head.starts(with: [0x1F, 0x8B])
    case .bzip2: head.starts(with: "BZh".utf8)
    case .xz: head.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A])
    case .zstd: head.starts(with: [0x28, 0xB5, 0x2F, 0xFD])
    case .excel:
      Self.zip.begins(head) && ["xl/", "[Content_Types].xml"].contains { Self.holds(head, $0) }
    case .zip: head.starts(with: [0x50, 0x4B, 0x03, 0x04])
    case .oldExcel: head.starts(with: [0xD0, 0xCF, 0x11, 0xE0])
    case .sqlite: head.starts(with: "SQLite format 3".utf8)
    case .pdf: head.starts(with: "%PDF".utf8)
    case .ldif: ["dn:", "version: 1", "version:1"].contains { Self.begins(Self.text(head), $0) }
    case .vCard: Self.begins(Self.text(head), "begin:vcard")
    case .markup: Self.text(head).first == UInt8(ascii: "<")
    case .utf32: Self.looksLikeUTF32(head)
    case .utf16: Self.looksLikeUTF16(head)
    case .binary: head.contains(0)
    }
  }

  /// The text from the first line that is neither empty nor a comment.
  private static func text(_ head: [UInt8]) -> [UInt8] {
    let lines = head.split(separator: 0x0A)
    let first = lines.first { line in
      line.contains { $0 > 0x20 } && line.first != UInt8(ascii: "#")
    }
    return Array((first ?? []).drop { $0 <= 0x20 })
  }

  private static func begins(_ text: [UInt8], _ word: String) -> Bool {
    text.prefix(word.utf8.count).map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
      .elementsEqual(word.utf8)
  }

  private static func holds(_ head: [UInt8], _ word: String) -> Bool {
    let word = Array(word.utf8)
    return head.indices.contains { head[$0...].starts(with: word) }
  }

  /// Text in which every other byte of an ASCII letter is zero.
  private static func looksLikeUTF16(_ head: [UInt8]) -> Bool {
    head.count >= 4 && (head[0] == 0) != (head[1] == 0) && (head[2] == 0) == (head[0] == 0)
      && (head[3] == 0) == (head[1] == 0)
  }

  /// Text in which three of four bytes of an ASCII letter are zero.
  private static func looksLikeUTF32(_ head: [UInt8]) -> Bool {
    guard head.count >= 8 else { return false }
    let zeros = head.prefix(8).map { $0 == 0 }
    let isLittle = zeros[0..<4].elementsEqual([false, true, true, true])
    let isBig = zeros[0..<4].elementsEqual([true, true, true, false])
    return (isLittle || isBig) && zeros[0..<4].elementsEqual(zeros[4..<8])
  }

  func refusal(of name: String) -> CommandError {
    CommandError("\(name) is \(what)", wayOut(of: name))
  }

  private var what: Notice {
    switch self {
    case .gzip: "compressed with gzip"
    case .bzip2: "compressed with bzip2"
    case .xz: "compressed with xz"
    case .zstd: "compressed with zstd"
    case .excel, .oldExcel: "an Excel workbook, not text"
    case .zip: "a zip archive"
    case .sqlite: "an SQLite database, not text"
    case .pdf: "a PDF"
    case .ldif: "LDIF, which an import does not read"
    case .vCard: "vCard, which an import does not read"
    case .markup: "XML or a web page, which an import does not read"
    case .utf32: "UTF-32"
    case .utf16: "UTF-16 without a byte order mark"
    case .binary: "not text: it contains zero bytes"
    }
  }

  private func wayOut(of name: String) -> Notice {
    switch self {
    case .gzip: "Unpack it on the way: gzip -dc \(quoted(name)) | roster import -"
    case .bzip2: "Unpack it on the way: bzip2 -dc \(quoted(name)) | roster import -"
    case .xz: "Unpack it on the way: xz -dc \(quoted(name)) | roster import -"
    case .zstd: "Unpack it on the way: zstd -dc \(quoted(name)) | roster import -"
    case .excel, .oldExcel: "Save the sheet as CSV UTF-8, and import that."
    case .zip: "Unpack it, and import the file of accounts that is in it."
    case .sqlite:
      "If it is a store of Roster, write its accounts with roster export, or see roster restore."
    case .pdf, .binary: "Export the accounts as CSV or JSON, and import that."
    case .ldif:
      "Export the directory as CSV with a header, or make it of this: one column for each attribute."
    case .vCard: "Export the address book as CSV, and import that."
    case .markup: "Export the accounts as CSV or JSON; a web page may be a form to sign in."
    case .utf32: "Choose --encoding UTF-32, or UTF-32LE or UTF-32BE without a mark."
    case .utf16: "Choose --encoding UTF-16LE or --encoding UTF-16BE."
    }
  }

  private func quoted(_ name: String) -> String { name == "-" ? "FILE" : ShellWord.quoted(name) }
}

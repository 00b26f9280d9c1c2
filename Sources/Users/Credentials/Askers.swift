internal import Contract

/// Everyone who asked for a secret: the caller and, if the caller used a token, the askers of that
/// token. Empty if they are unknown, as for secrets that an older Roster made.
public struct Askers: Equatable, Sendable {
  public private(set) var list: [Asker]

  /// A longer list is replaced by `powerless`.
  private static let countMax = 16

  public static let unknown = Askers([])

  public init(_ list: [Asker]) { self.list = list }

  /// A single known asker who holds no power: a secret with these askers ends as soon as its
  /// account gains power.
  public static func powerless(_ id: UserID) -> Askers {
    Askers([Asker(id, Limits(capabilities: []))])
  }

  /// These askers and one more.
  public func adding(_ asker: Asker) -> Askers {
    var list = list
    if let at = list.firstIndex(where: { $0.id == asker.id }) {
      list[at] = Asker(asker.id, list[at].limits.intersection(asker.limits))
    } else {
      list.append(asker)
    }
    return list.count > Self.countMax ? .powerless(asker.id) : Askers(list)
  }

  /// The text in which a store may keep the askers: one line each, with tabs between id,
  /// capabilities (`*` for no limit) and organization (empty for no limit). None of these contains
  /// a tab or a line feed.
  public var text: String? {
    if list.isEmpty { return nil }
    return list.map { asker in
      let capabilities = asker.limits.capabilities.map { set in
        set.map(\.rawValue).sorted().joined(separator: " ")
      }
      return "\(asker.id.text)\t\(capabilities ?? "*")\t\(asker.limits.organization ?? "")"
    }.joined(separator: "\n")
  }

  /// The texts that the checksum of a secret includes.
  var texts: [String] { text.map { [$0] } ?? [] }

  /// nil for an invalid text, which means that the record is damaged.
  public init?(text: String?) {
    guard let text else {
      self = .unknown
      return
    }
    var list: [Asker] = []
    for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
      let parts = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
      guard parts.count == 3, let id = UserID(String(Substring(parts[0]))) else { return nil }
      var limits = Limits()
      if !parts[1].elementsEqual("*".utf8) {
        guard let capabilities = Token.capabilities(String(Substring(parts[1]))) else { return nil }
        limits.capabilities = capabilities
      }
      if !parts[2].isEmpty { limits.organization = String(Substring(parts[2])) }
      list.append(Asker(id, limits))
    }
    self.list = list
  }
}

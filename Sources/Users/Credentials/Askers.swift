internal import Contract

/// All who stand behind a secret: who called for it and, where they called with a token that others
/// had asked for, those too. Empty where nobody is known: for what an older Roster made.
public struct Askers: Equatable, Sendable {
  public private(set) var list: [Asker]

  /// A chain that grows beyond this is nobody's any more.
  private static let countMax = 16

  public static let unknown = Askers([])

  public init(_ list: [Asker]) { self.list = list }

  /// Of whom nothing is known but this one, and that they hold nothing that counts: what such askers
  /// asked for ends as soon as its account comes to more power.
  public static func powerless(_ id: UserID) -> Askers {
    Askers([Asker(id, Limits(capabilities: []))])
  }

  /// These, and one more.
  public func adding(_ asker: Asker) -> Askers {
    var list = list
    if let at = list.firstIndex(where: { $0.id == asker.id }) {
      list[at] = Asker(asker.id, list[at].limits.intersection(asker.limits))
    } else {
      list.append(asker)
    }
    return list.count > Self.countMax ? .powerless(asker.id) : Askers(list)
  }

  /// As a store may keep them: one a line, with tabs between id, capabilities (`*` for no limit) and
  /// organization (nothing for no limit). None of these holds a tab or a line feed.
  public var text: String? {
    if list.isEmpty { return nil }
    return list.map { asker in
      let capabilities = asker.limits.capabilities.map { set in
        set.map(\.rawValue).sorted().joined(separator: " ")
      }
      return "\(asker.id.text)\t\(capabilities ?? "*")\t\(asker.limits.organization ?? "")"
    }.joined(separator: "\n")
  }

  /// What a number that follows from a secret takes in.
  var texts: [String] { text.map { [$0] } ?? [] }

  /// nil for a text that says nobody: what it stands beside is not as it was written.
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

internal import Contract

/// The result of one check.
public struct Check: Sendable {
  public enum Status: String, Sendable, Comparable {
    case ok, warn, fail

    private var weight: Int { self == .ok ? 0 : self == .warn ? 1 : 2 }

    public static func < (one: Status, other: Status) -> Bool { one.weight < other.weight }
  }

  /// A stable name for programs.
  public let name: String
  public let status: Status
  public let detail: String
  /// What to do about it; nil if there is nothing to do.
  public let remedy: String?

  public init(name: String, status: Status, detail: String, remedy: String?) {
    self.name = name
    self.status = status
    self.detail = detail
    self.remedy = remedy
  }

  public static func ok(_ name: String, _ detail: String) -> Check {
    Check(name: name, status: .ok, detail: detail, remedy: nil)
  }

  public static func warn(_ name: String, _ detail: String, _ remedy: String) -> Check {
    Check(name: name, status: .warn, detail: detail, remedy: remedy)
  }

  public static func fail(_ name: String, _ detail: String, _ remedy: String) -> Check {
    Check(name: name, status: .fail, detail: detail, remedy: remedy)
  }

  public static func fail(_ name: String, _ error: StoreError) -> Check {
    .fail(name, error.failure.message, error.failure.hint.text)
  }
}

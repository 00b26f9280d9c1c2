/// A folder with a store file in it, owned by ada@example.com.
public final class StoreFolder {
  public static let owner = "ada@example.com"

  public let folder: TemporaryFolder

  /// The store as `--store` takes it.
  public var store: String { "file:" + folder.file("users.db") }

  public init() throws {
    folder = try TemporaryFolder()
    let made = try roster("init", "--store", store, "--owner", Self.owner)
    guard made.status == .exited(0) else { throw TestFailure("init: \(made.errors)") }
  }

  /// Starts a server on the store.
  public func serve(as caller: String = owner, _ options: String...) throws -> RosterProcess {
    try RosterProcess(["serve", "--store", store, "--as", caller] + options)
  }

  /// Adds a user with `roster call`.
  public func add(_ email: String, _ more: String...) throws {
    let name = String(email.prefix { $0 != "@" })
    let words = ["users.create", "email=\(email)", "name=\(name)"] + more
    let made = try roster(["call", "--store", store, "--as", Self.owner] + words)
    guard made.status == .exited(0) else { throw TestFailure(made.errors) }
  }
}

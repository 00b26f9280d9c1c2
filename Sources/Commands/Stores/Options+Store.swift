import Contract
import UserMethods
import Users

extension Options {
  /// Opens the chosen store and runs the operation on it.
  func withStore<Kept: KeptStore>(_ kept: Kept.Type, _ work: StoreOperation) throws {
    var options = self
    try options.prepare()
    let address = try options.chosenStore()
    switch address {
    case .file(let path), .server(let path):
      let store =
        try imports.isDryRun
        ? kept.openCopy(path, Self.showCopying) : Self.open(kept, path)
      Warning.ifOpenToAll(address)
      do {
        try work.run(on: store, options)
      } catch let error as StoreError {
        throw CommandError("\(path): \(error.failure.message)", "\(error.failure.hint.text)")
      }
    case .memory: try options.withMemory(work)
    }
  }

  private static func showCopying(_ all: Int, _ left: Int) {
    Terminal.showProgress(left == 0 ? "" : "\((all - left) * 100 / all)% copied")
  }

  private static func open<Kept: KeptStore>(_ kept: Kept.Type, _ path: String) throws -> Kept {
    var isMigrated = false
    defer { if isMigrated { Terminal.showProgress("") } }
    return try kept.open(path) { all, left in
      isMigrated = true
      let done = left == 0 ? "building indexes" : "\((all - left) * 100 / all)% of the accounts"
      Terminal.showProgress("Upgrading the store: \(done)")
    }
  }

  /// A separate function that is not inlined: code for this kind of store within `withStore` would
  /// keep the compiler from exporting `withStore` to the executable's module for specialization.
  @inline(never)
  private func withMemory(_ work: StoreOperation) throws {
    let store = MemoryUserStore()
    if let caller {
      let owner = PackedUser(try .owner(caller, name: name))
      try store.insert(owner)
      store.append(.creation(of: owner, after: .none))
      store.commit()
    }
    try work.run(on: store, self)
  }

  /// The chosen store, or the file in the user's data folder.
  func chosenStore() throws -> StoreAddress {
    if let store { return store }
    // The XDG Base Directory Specification requires relative paths to be ignored.
    if let data = try Launch.variable("XDG_DATA_HOME"), data.begins(with: "/") {
      return .file(data + "/roster/users.db")
    }
    if let home = try Launch.variable("HOME") {
      return .file(home + "/.local/share/roster/users.db")
    }
    throw UsageError("--store file:PATH is required")
  }

  /// The location of a persistent store; `refusal` is the error for a memory store.
  func keptLocation(else refusal: Notice) throws -> String {
    switch try chosenStore() {
    case .memory: throw UsageError(refusal)
    case .file(let location), .server(let location): return location
    }
  }
}

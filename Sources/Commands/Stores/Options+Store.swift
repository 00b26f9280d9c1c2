import Contract
import UserMethods
import Users

extension Options {
  /// Opens the chosen store and does the work on it.
  func withStore<Kept: KeptStore>(_ kept: Kept.Type, _ work: StoreWork) throws {
    var options = self
    try options.prepare()
    switch try options.chosenStore() {
    case .file(let path):
      let store = try imports.isDryRun ? kept.openCopy(path, Self.showCopying) : kept.open(path)
      Warning.ifOpenToAll(path, "store")
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

  /// Apart, and kept apart: code for this store among that of `withStore` would keep the compiler from
  /// handing `withStore` to the executable's module.
  @inline(never)
  private func withMemory(_ work: StoreWork) throws {
    let store = MemoryUserStore()
    if let caller {
      let owner = StoredUser(try .owner(caller, name: name))
      try store.insert(owner)
      store.append(.creation(of: owner, after: .none, ChangeRecorder()))
      store.end()
    }
    try work.run(on: store, self)
  }

  /// The chosen store, or the file in the user's data folder.
  func chosenStore() throws -> StoreAddress {
    if let store { return store }
    // The XDG Base Directory Specification has relative paths ignored.
    if let data = try Launch.variable("XDG_DATA_HOME"), data.begins(with: "/") {
      return .file(data + "/roster/users.db")
    }
    if let home = try Launch.variable("HOME") {
      return .file(home + "/.local/share/roster/users.db")
    }
    throw UsageError("say where the store is: --store file:PATH")
  }

  /// The place of a store that outlives the process; `refusal` says why a memory store won't do.
  func keptPlace(else refusal: Notice) throws -> String {
    guard case .file(let path) = try chosenStore() else { throw UsageError(refusal) }
    return path
  }
}

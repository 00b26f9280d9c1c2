import Contract
import UserMethods
import Users

extension Options {
  /// Opens the chosen store and does the work on it.
  func withStore<Kept: KeptStore>(_ kept: Kept.Type, _ work: some StoreWork) throws {
    var options = self
    try options.prepare()
    switch try options.chosenStore() {
    case .file(let path):
      let store = try kept.open(path)
      Warning.ifOpenToAll(path, "store")
      do {
        try work.run(on: store, options)
      } catch let error as StoreError {
        throw CommandError("\(path): \(error.failure.message)", "\(error.failure.hint)")
      }
    case .memory:
      let store = MemoryUserStore()
      if let caller = options.caller {
        let owner = StoredUser(try .owner(caller, name: options.name))
        try store.insert(owner)
        store.append(.creation(of: owner, after: .none, ChangeRecorder()))
        store.end()
      }
      try work.run(on: store, options)
    }
  }
}

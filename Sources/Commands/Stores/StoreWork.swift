import Users

/// Work that is the same for every kind of store.
protocol StoreWork {
  func run<Store: UserStore>(on store: Store, _ options: Options) throws
}

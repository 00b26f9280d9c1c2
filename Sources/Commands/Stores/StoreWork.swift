import Users

/// Work on a store, which is the same for every kind of store.
///
/// It is an enum and not a protocol: the executable's module can't see through a protocol's witness of
/// this module, and so would not make code for its own kind of store, which is a quarter quicker.
enum StoreWork {
  case serve(Serve)
  case call(Call)
  case bringIn(Import)
  case export(Export)
  case tokens(TokenWork)
  case policy(PolicyWork)
  case prune(Pruning)

  func run<Store: UserStore>(on store: Store, _ options: Options) throws {
    switch self {
    case .serve(let work): try work.run(on: store, options)
    case .call(let work): try work.run(on: store, options)
    case .bringIn(let work): try work.run(on: store, options)
    case .export(let work): try work.run(on: store, options)
    case .tokens(let work): try work.run(on: store, options)
    case .policy(let work): try work.run(on: store, options)
    case .prune(let work): try work.run(on: store)
    }
  }
}

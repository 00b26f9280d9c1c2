import Users

/// An operation on a store of any kind.
///
/// An enum and not a protocol: the executable's module can't specialize a protocol witness of this
/// module for its own kind of store; specialized code is a quarter faster.
enum StoreOperation {
  case serve(Serve)
  case call(Call)
  case watch(Watch)
  case bringIn(Import)
  case export(Export)
  case tokens(TokenWork)
  case policy(PolicyWork)
  case prune(Pruning)

  func run<Store: UserStore>(on store: Store, _ options: Options) throws {
    switch self {
    case .serve(let work): try work.run(on: store, options)
    case .call(let work): try work.run(on: store, options)
    case .watch(let work): try work.run(on: store, options)
    case .bringIn(let work): try work.run(on: store, options)
    case .export(let work): try work.run(on: store, options)
    case .tokens(let work): try work.run(on: store, options)
    case .policy(let work): try work.run(on: store, options)
    case .prune(let work): try work.run(on: store)
    }
  }
}

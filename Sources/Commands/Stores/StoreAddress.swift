/// The location of a store, in the form of `--store`.
public enum StoreAddress {
  case memory
  case file(String)
  /// A store on a database server: its whole address, without a password.
  case server(String)

  /// As `--store` takes it.
  public var text: String {
    switch self {
    case .memory: "memory"
    case .file(let path): "file:" + path
    case .server(let address): address
    }
  }
}

/// The location of a store, in the form of `--store`.
enum StoreAddress {
  case memory
  case file(String)
}

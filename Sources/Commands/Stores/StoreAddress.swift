/// Where a store is, as `--store` says it.
enum StoreAddress {
  case memory
  case file(String)
}

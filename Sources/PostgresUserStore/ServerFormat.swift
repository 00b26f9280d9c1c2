internal import Contract
internal import Users

/// The format of a store's tables, as the store declares it.
struct ServerFormat {
  let number: Int64
  /// The oldest format whose programs can serve the store.
  let servedFrom: Int64

  static func query(_ schema: String) -> String {
    "SELECT format, served_from FROM \(schema).directory"
  }

  init(_ rows: Rows?) throws(StoreError) {
    guard let rows, rows.count == 1 else {
      throw .serverDamaged("the table directory has no row")
    }
    number = rows.int(0, 0)
    servedFrom = rows.int(0, 1)
  }

  /// Why this program can't serve the store; nil if it can.
  func refusal(of address: ServerAddress) -> StoreFileError? {
    let own = DatabaseSchema.version
    if number < own {
      return StoreFileError(
        address.text, "has the format \(number), and this Roster serves the format \(own)",
        """
        The role that owns its tables upgrades it with: roster migrate --store \
        \(ShellWord.quoted(address.text)), with its own name in the address.
        """)
    }
    if servedFrom > own {
      return StoreFileError(
        address.text,
        "has the format \(number), to which a newer roster migrate has brought it; "
          + "this Roster serves formats up to \(own)",
        "Update this Roster.")
    }
    return nil
  }
}

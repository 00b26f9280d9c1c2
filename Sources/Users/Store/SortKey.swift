public import Contract

/// The field that a list is sorted by. Accounts with equal values are sorted by id.
public enum SortKey: String, EnumParam, Sendable {
  case createdAt = "created_at"
  case email, name
  case updatedAt = "updated_at"

  public static var placeholder: SortKey { .createdAt }
}

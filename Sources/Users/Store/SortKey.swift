public import Contract

/// What a list is ordered by. Equal ones are ordered by id.
public enum SortKey: String, WordParam, Sendable {
  case createdAt = "created_at"
  case email, name
  case updatedAt = "updated_at"

  public static var placeholder: SortKey { .createdAt }
}

public import Contract

public enum SortOrder: String, EnumParam, Sendable {
  case ascending = "asc"
  case descending = "desc"

  public static var placeholder: SortOrder { .ascending }
}

public import Contract
public import JSON

/// A time to compare with the times of accounts: any RFC 3339 time of the years 0001 to 9999. The
/// times of accounts are whole milliseconds.
public struct TimeBound: ParamValue {
  /// An account's time is later than the bound if it is later than this.
  public let after: Timestamp
  /// An account's time is earlier than the bound if it is earlier than this.
  public let before: Timestamp

  public static var schema: Schema { Timestamp.schema }
  public static var placeholder: TimeBound { TimeBound(Timestamp(milliseconds: 0), isWhole: true) }

  private init(_ floor: Timestamp, isWhole: Bool) {
    after = floor
    before = isWhole ? floor : floor.adding(1)
  }

  public init(_ json: JSONValue) throws(InvalidValue) {
    guard let text = json.string, let moment = Moment(text) else {
      throw InvalidValue("must be an RFC 3339 time, such as 2026-11-21T08:30:00Z")
    }
    if moment.isLeapSecond {
      let second = moment.floor.milliseconds - moment.floor.milliseconds % 1000
      self.init(Timestamp(milliseconds: second + 999), isWhole: false)
    } else {
      self.init(moment.floor, isWhole: moment.isWhole)
    }
  }
}

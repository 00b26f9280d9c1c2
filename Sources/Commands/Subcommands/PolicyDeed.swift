import UserMethods
import Users

enum PolicyDeed: String { case set, show, clear }

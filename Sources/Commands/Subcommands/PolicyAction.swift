import UserMethods
import Users

enum PolicyAction: String { case set, show, clear }

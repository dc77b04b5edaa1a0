package secretfile

// Foreign is the rule alone.
var Foreign = foreign

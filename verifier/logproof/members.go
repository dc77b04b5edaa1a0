package logproof

// member is a member of a record's JSON, and where its value is in a Record. A
// value of zero is left out, unless it must be there.
type member struct {
	key   string            // its name as JSON has it, with the colon
	at    func(*Record) any // *string, *[]string, **uint64, *uint64, **int, *int or *Kind
	must  bool
	since int // format that first had it; 0 for the oldest
}

// members are those of a record, in the order of canonical JSON.
var members = [...]member{
	{key: `"anchor":`, at: func(r *Record) any { return &r.Anchor }},
	{key: `"approvers":`, at: func(r *Record) any { return &r.Approvers }, since: 3},
	{key: `"asks":`, at: func(r *Record) any { return &r.Asks }},
	{key: `"caller":`, at: func(r *Record) any { return &r.Caller }},
	{key: `"canonical":`, at: func(r *Record) any { return &r.Canonical }, since: 3},
	{key: `"columns":`, at: func(r *Record) any { return &r.Columns }},
	{key: `"configuration":`, at: func(r *Record) any { return &r.Configuration }},
	{key: `"credential":`, at: func(r *Record) any { return &r.Credential }},
	{key: `"disclosed":`, at: func(r *Record) any { return &r.Disclosed }},
	{key: `"findings":`, at: func(r *Record) any { return &r.Findings }},
	{key: `"format":`, at: func(r *Record) any { return &r.Format }, must: true},
	{key: `"grant":`, at: func(r *Record) any { return &r.Grant }, since: 3},
	{key: `"issuer":`, at: func(r *Record) any { return &r.Issuer }},
	{key: `"key":`, at: func(r *Record) any { return &r.Key }, since: 3},
	{key: `"kind":`, at: func(r *Record) any { return &r.Kind }, must: true},
	{key: `"previous":`, at: func(r *Record) any { return &r.Previous }, must: true},
	{key: `"profile":`, at: func(r *Record) any { return &r.Profile }},
	{key: `"proof":`, at: func(r *Record) any { return &r.Proof }},
	{key: `"purpose":`, at: func(r *Record) any { return &r.Purpose }},
	{key: `"question":`, at: func(r *Record) any { return &r.Question }},
	{key: `"reason":`, at: func(r *Record) any { return &r.Reason }},
	{key: `"released":`, at: func(r *Record) any { return &r.Released }},
	{key: `"root":`, at: func(r *Record) any { return &r.Root }},
	{key: `"sequence":`, at: func(r *Record) any { return &r.Sequence }, must: true},
	{key: `"size":`, at: func(r *Record) any { return &r.Size }},
	{key: `"source":`, at: func(r *Record) any { return &r.Source }},
	{key: `"status":`, at: func(r *Record) any { return &r.Status }},
	{key: `"statusIndex":`, at: func(r *Record) any { return &r.StatusIndex }},
	{key: `"statusList":`, at: func(r *Record) any { return &r.StatusList }},
	{key: `"subject":`, at: func(r *Record) any { return &r.Subject }},
	{key: `"time":`, at: func(r *Record) any { return &r.Time }, must: true},
}

package issuer

// NoteRefused has [Issuer.Ready] tell that there is another configuration, and
// why it did not come into force. It is forgotten with the issuer.
func (i *Issuer) NoteRefused(cause error) {
	reason := "there is another one, and the former stays in force: " + cause.Error()
	i.refused.Store(&reason)
}

// configurationReady is in doubt while what the operator wants is not what is in
// force.
func (i *Issuer) configurationReady() []Condition {
	reason := i.refused.Load()
	if reason == nil {
		return nil
	}
	return []Condition{{"configuration", StateDoubt, *reason}}
}

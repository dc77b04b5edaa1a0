package credential

import "slices"

// SchemaEntry is one credentialSchema of a credential (section 4.11).
type SchemaEntry struct {
	ID              string // URL of the schema
	Types           []string
	DigestSRI       string   // empty if absent
	DigestMultibase []string // empty if absent
}

// Related is one relatedResource of a credential (section 5.3). At least one
// of the digests is there.
type Related struct {
	ID              string // URL of the resource
	DigestSRI       string
	DigestMultibase []string
}

// readSchemas: each has a type and, in an id, the URL of the schema.
func (u *Unverified) readSchemas(object map[string]any) error {
	entries, err := parts(object, "credentialSchema", true)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		sri, multibase, err := digests(entry.object)
		if err != nil {
			return invalid("credentialSchema: %v", err)
		}
		u.Schemas = append(u.Schemas, SchemaEntry{ID: entry.id, Types: entry.types, DigestSRI: sri, DigestMultibase: multibase})
	}
	return nil
}

// readRelated: each names another resource, with a digest of it.
func (u *Unverified) readRelated(object map[string]any) error {
	entries, err := objects(object, "relatedResource", maxParts)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		related, err := readRelated(entry)
		if err != nil {
			return invalid("relatedResource: %v", err)
		}
		if slices.ContainsFunc(u.Related, func(other Related) bool { return other.ID == related.ID }) {
			return invalid("relatedResource has %.80q twice", related.ID)
		}
		u.Related = append(u.Related, related)
	}
	return nil
}

func readRelated(entry map[string]any) (r Related, err error) {
	if r.ID, err = requiredURL(entry, "id"); err != nil {
		return r, err
	}
	if r.DigestSRI, r.DigestMultibase, err = digests(entry); err != nil {
		return r, err
	}
	if r.DigestSRI == "" && len(r.DigestMultibase) == 0 {
		return r, invalid("it has no digest")
	}
	return r, nil
}

// digests returns the digests that an entry gives of what it names.
func digests(entry map[string]any) (sri string, multibase []string, err error) {
	if sri, err = optionalString(entry, "digestSRI"); err != nil {
		return "", nil, err
	}
	if _, ok := entry["digestMultibase"]; ok {
		multibase, err = strings(entry, "digestMultibase", maxTypes)
	}
	return sri, multibase, err
}

// checkParts: sections 5.4 to 5.6. What says how a credential came about and
// what it may be used for says of which type it is; 1.1 wants refresh services
// to say where they are.
func (u *Unverified) checkParts(object map[string]any) error {
	for _, part := range []struct {
		name   string
		needID bool
	}{{"evidence", false}, {"termsOfUse", false}, {"refreshService", u.Version == V1}} {
		if _, err := parts(object, part.name, part.needID); err != nil {
			return err
		}
	}
	return nil
}

// part is an object with a type and, perhaps, an id.
type part struct {
	id     string
	types  []string
	object map[string]any
}

// parts returns a member that is absent, one part or an array of them.
func parts(object map[string]any, name string, needID bool) ([]part, error) {
	entries, err := objects(object, name, maxParts)
	if err != nil {
		return nil, err
	}
	all := make([]part, len(entries))
	for i, entry := range entries {
		read := optionalURL
		if needID {
			read = requiredURL
		}
		id, err := read(entry, "id")
		if err != nil {
			return nil, invalid("%s: %v", name, err)
		}
		types, err := strings(entry, "type", maxTypes)
		if err != nil {
			return nil, invalid("%s: %v", name, err)
		}
		all[i] = part{id: id, types: types, object: entry}
	}
	return all, nil
}

package credential

import "strconv"

// TypeBitstringEntry is the status type that this verifier can judge.
const TypeBitstringEntry = "BitstringStatusListEntry"

// StatusEntry is one credentialStatus of a credential. Purpose, List and
// Index are set only where Type is [TypeBitstringEntry].
type StatusEntry struct {
	Type    string
	Purpose string
	List    string // URL of the status list credential
	Index   int
}

func (u *Unverified) readStatuses(object map[string]any) error {
	entries, err := objects(object, "credentialStatus", maxStatuses)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		status, err := readStatus(entry)
		if err != nil {
			return err
		}
		u.Statuses = append(u.Statuses, status)
	}
	return nil
}

// readStatus: VC Data Model 2.0, section 4.10: a status has a type. Bitstring
// Status List 1.0, section 2.1: the members of an entry; an index is a
// non-negative integer in a string.
func readStatus(entry map[string]any) (StatusEntry, error) {
	if _, err := optionalURL(entry, "id"); err != nil {
		return StatusEntry{}, invalid("credentialStatus: %v", err)
	}
	types, err := strings(entry, "type", 1)
	if err != nil {
		return StatusEntry{}, invalid("credentialStatus: %v", err)
	}
	status := StatusEntry{Type: types[0]}
	if status.Type != TypeBitstringEntry {
		return status, nil
	}
	if size, ok := entry["statusSize"]; ok && size != float64(1) {
		return StatusEntry{}, invalid("credentialStatus: only entries of one bit can be judged")
	}
	if status.Purpose, _ = entry["statusPurpose"].(string); status.Purpose == "" {
		return StatusEntry{}, invalid("credentialStatus: it has no statusPurpose")
	}
	if status.List, err = optionalURL(entry, "statusListCredential"); err != nil || status.List == "" {
		return StatusEntry{}, invalid("credentialStatus: statusListCredential is not a URL")
	}
	index, _ := entry["statusListIndex"].(string)
	if status.Index, err = strconv.Atoi(index); err != nil || strconv.Itoa(status.Index) != index || status.Index < 0 {
		return StatusEntry{}, invalid("credentialStatus: statusListIndex is not an integer in a string")
	}
	return status, nil
}

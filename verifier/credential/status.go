package credential

import (
	"slices"
	"strconv"
)

// TypeBitstringEntry is the status type that this verifier can judge.
const TypeBitstringEntry = "BitstringStatusListEntry"

// StatusEntry is one credentialStatus of a credential. Purpose, List and
// Index are set only where it can be judged: where Type is
// [TypeBitstringEntry] and Size is 1.
type StatusEntry struct {
	Type    string
	Purpose string
	Size    int    // bits of the entry
	List    string // URL of the status list credential
	Index   int
}

// Judged tells whether the entry is one that can be looked up.
func (s StatusEntry) Judged() bool { return s.Type == TypeBitstringEntry && s.Size == 1 }

// readStatuses: section 4.10: a status has a type; 1.1 wants an id, too.
func (u *Unverified) readStatuses(object map[string]any) error {
	entries, err := parts(object, "credentialStatus", u.Version == V1)
	if err != nil {
		return err
	}
	if len(entries) > maxStatuses {
		return invalid("credentialStatus has %d values, more than %d", len(entries), maxStatuses)
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

// readStatus: Bitstring Status List 1.0, section 2.1: the members of an entry;
// an index is a non-negative integer in a string, a size one above zero.
func readStatus(p part) (StatusEntry, error) {
	if !slices.Contains(p.types, TypeBitstringEntry) {
		return StatusEntry{Type: p.types[0]}, nil
	}
	status, entry := StatusEntry{Type: TypeBitstringEntry, Size: 1}, p.object
	if size, ok := entry["statusSize"]; ok {
		number, _ := size.(float64)
		if status.Size = int(number); number < 1 || number != float64(status.Size) {
			return StatusEntry{}, invalid("credentialStatus: statusSize is not an integer above zero")
		}
	}
	if status.Size != 1 {
		return status, nil
	}
	var err error
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

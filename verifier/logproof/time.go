package logproof

import (
	"fmt"
	"strings"
	"time"
)

// timeForm is the one form of the time of a record: UTC, in whole seconds.
const timeForm = "2006-01-02T15:04:05Z"

// timeMember comes before the time, which is the last member of canonical JSON.
const timeMember = `"time":"`

// TimeOf returns the time of a record by its bytes, without reading the rest.
func TimeOf(record []byte) (time.Time, error) {
	text, ok := strings.CutSuffix(string(record[max(0, len(record)-len(timeMember+timeForm+`"}`)):]), `"}`)
	if ok {
		text, ok = strings.CutPrefix(text, timeMember)
	}
	at, err := time.Parse(timeForm, text)
	if !ok || err != nil {
		return time.Time{}, fmt.Errorf("%w: it does not end with its time", ErrRecord)
	}
	return at, nil
}

// earlier tells whether a record is of an earlier time than the one before it.
// Of a time that is none it cannot be told.
func earlier(record, before string) bool {
	if record >= before {
		return false
	}
	at, err := time.Parse(timeForm, record)
	last, lastErr := time.Parse(timeForm, before)
	return err == nil && lastErr == nil && at.Before(last)
}

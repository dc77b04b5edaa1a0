package main

import (
	"fmt"
	"iter"

	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// sealedFolder says where the segments are that were moved out of a log.
type sealedFolder struct {
	Sealed string `help:"Folder of the segments that were moved out of the log." placeholder:"FOLDER"`
}

// openedLog is all that there is of a log.
type openedLog struct {
	tx      *store.Tx
	archive *issuancelog.Archive // nil if no segments were named
	start   logproof.Checkpoint  // where the records begin that are there
}

func (c sealedFolder) opened(tx *store.Tx) (*openedLog, error) {
	start, err := issuancelog.Start(tx)
	if err != nil || c.Sealed == "" {
		return &openedLog{tx: tx, start: start}, err
	}
	archive, err := issuancelog.OpenArchive(c.Sealed)
	return &openedLog{tx: tx, archive: archive}, err
}

// records yields the records that are there.
func (l *openedLog) records() iter.Seq2[uint64, []byte] {
	if l.archive == nil {
		return issuancelog.Records(l.tx)
	}
	return issuancelog.WholeRecords(l.tx, l.archive)
}

// entries yields what there is of each record.
func (l *openedLog) entries() iter.Seq[logproof.Entry] {
	if l.archive == nil {
		return issuancelog.Entries(l.tx)
	}
	return issuancelog.WholeEntries(l.tx, l.archive)
}

// err returns why the segments could not be read to their end, if so.
func (l *openedLog) err() error {
	if l.archive == nil {
		return nil
	}
	return l.archive.Err()
}

// note says on the way which records are not there.
func (l *openedLog) note(s streams) {
	if l.start.Size > 0 {
		fmt.Fprintf(s.err, "chancery: the records before %d were sealed and are left out; name the folder of the segments with --sealed\n", l.start.Size)
	}
}

// opening returns a record and its salt.
func (l *openedLog) opening(sequence uint64) (logproof.Opening, error) {
	opening, err := issuancelog.Opening(l.tx, sequence)
	sealed, startErr := issuancelog.SealedSize(l.tx)
	if err == nil || startErr != nil || l.archive == nil || sequence >= sealed {
		return opening, err
	}
	record, err := l.archive.Find(sequence)
	return logproof.Opening{Salt: record.Salt, Record: record.Record}, err
}

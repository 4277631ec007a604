# An ESME on Net::SMPP. The job comes as JSON on stdin, what happened goes as JSON to stdout.
use strict;
use warnings;
use JSON::PP;
use Net::SMPP;

my $job = decode_json(do { local $/; <STDIN> });
my %seen = (bind => undef, answers => [], receipts => [], enquire_link => JSON::PP::false, unbind => JSON::PP::false);
# a tag given by number would be packed as an integer; one with a name keeps its octets
$Net::SMPP::param_by_name{first_sender_code} = $job->{code_tag};
$SIG{ALRM} = sub { die "no answer in time\n" };
alarm 60;

my ($smpp, $bound) = Net::SMPP->new_transceiver(
    $job->{host}, port => $job->{port}, system_id => $job->{system_id}, password => $job->{password}, system_type => '')
    or die "no bind: $!\n";
$seen{bind} = $bound->{status} + 0;

sub delivered {
    my ($self, $pdu) = @_;
    $self->deliver_sm_resp(seq => $pdu->{seq}, message_id => '');
    push @{$seen{receipts}}, $pdu->{short_message};
}
${*$smpp}{handlers}{0x05} = \&delivered;

if ($seen{bind} == 0) {
    for my $message (@{$job->{messages}}) {
        my $octets = pack 'H*', $message->{octets};
        my @fields = (
            source_addr_ton => 0, source_addr_npi => 1, source_addr => $job->{source},
            dest_addr_ton => 0, dest_addr_npi => 1, destination_addr => $job->{destination},
            registered_delivery => 1, data_coding => $message->{data_coding}, esm_class => $message->{esm_class},
            short_message => $message->{payload} ? '' : $octets,
        );
        push @fields, message_payload => $octets if $message->{payload};
        if ($message->{sar}) {
            my ($reference, $total, $number) = @{$message->{sar}};
            push @fields, sar_msg_ref_num => pack('n', $reference), sar_total_segments => pack('C', $total),
                sar_segment_seqnum => pack('C', $number);
        }
        push @fields, first_sender_code => $message->{code} if $message->{code};
        my $answer = $smpp->submit_sm(@fields) or die "submit_sm failed\n";
        my $id = $answer->{message_id};
        push @{$seen{answers}}, {status => $answer->{status} + 0, message_id => defined $id ? "$id" : ''};
    }
    while (@{$seen{receipts}} < $job->{receipts}) {
        my $pdu = $smpp->read_pdu() or die "the connection closed\n";
        delivered($smpp, $pdu) if $pdu->{cmd} == 0x05;
    }
    my $alive = $smpp->enquire_link() or die "enquire_link failed\n";
    $seen{enquire_link} = $alive->{status} == 0 ? JSON::PP::true : JSON::PP::false;
    my $gone = $smpp->unbind() or die "unbind failed\n";
    $seen{unbind} = $gone->{status} == 0 ? JSON::PP::true : JSON::PP::false;
}
print encode_json(\%seen), "\n";

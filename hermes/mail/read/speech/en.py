"""English."""

from __future__ import annotations

from typing import Final

from hermes.mail.read.speech.speech import Speech

SPEECH: Final = Speech(
    code="en",
    stop="stop|stop it|stop that|stop this|cancel|cancel it|abort|halt|hold on|hold it|hang on|never mind|nevermind|forget it|"
    "forget about it|forget that|stop working|stop everything|stop all|don't do it|do not do it|don't do that|"
    "do not do that|wait|quit|cease|pause|stand down|call it off|drop it|scrap that|leave it|don't bother|stop immediately|"
    "stopp|hold off|hold off on that|hold that|scratch that|scratch it|strike that|disregard|disregard that|"
    "disregard my last mail|ignore that|ignore my last mail|ignore my last message|ignore this|ignore it|not now|"
    "stop right there|stop right now|kill it|please don't do that|don't do anything|do nothing|leave it as it is|"
    "leave it alone|don't do this|do not do this|please do not continue|do not continue|don't continue|do not proceed|"
    "don't proceed|stop now|hold everything",
    status="status|how far are you|how far along are you|how far is it|how is it going|how's it going|how is it coming along|"
    "how's it coming along|how is it coming|any news|any update|any updates|any progress|progress|what's the status|"
    "what is the status|status update|is it done|is it done yet|are you done|are you done yet|are you finished|"
    "is it finished|is it ready|is it ready yet|is this done|is that done|when will it be ready|when will it be done|"
    "when will you be done|when will you be finished|when is it ready|when is it done|what are you doing|"
    "what are you working on|how long will it take|how long does it take|how long do you need|how much longer|"
    "are you still working|are you still there|what is running|what's running|where are you|where do we stand|"
    "how are we doing|how are you getting on|how are things going|almost done|done yet|still working|still running|"
    "is it still running|what is going on|what's going on|what is happening|what's happening|progress report|eta|"
    "just checking in|checking in|just following up|following up|how far did you get|how far have you got|"
    "is there any progress|is there any news|is there an update|any luck|still on it|are you on it|have you finished|"
    "have you finished yet|did you finish|are we there yet|what's the progress|what is the progress|how much is left|"
    "what is left|is anything running|has it started|has it started yet|did you start|have you started",
    undo="undo|undo it|undo that|undo this|revert|revert it|revert that|revert this|roll back|rollback|roll it back|"
    "roll that back|take it back|take that back|take back|change it back|put it back|put it back the way it was|"
    "put it back as it was|restore|restore it|reverse|reverse it|reset it|back to how it was|back to the way it was|"
    "set it back|turn it back|undo please|bring it back|bring back the old version|go back|go back to the old version|"
    "go back to the previous version|back to the old version|back to the previous version|previous version|"
    "the way it was before|as it was before|back as it was|unwind|unwind it|restore the old version|"
    "restore the previous version|make it like before|make it like it was before|like before",
    courtesy="thanks|thank you|thank you so much|thank you very much|many thanks|thanks a lot|thanks a million|thx|ty|tnx|cheers|"
    "great|perfect|super|awesome|excellent|wonderful|fantastic|amazing|brilliant|nice|cool|lovely|fine|good|ok|okay|k|"
    "alright|all right|got it|understood|noted|received|well done|good job|great job|nice job|great work|good work|"
    "nice work|looks good|looks great|looks perfect|looks nice|looks fine|looks lovely|sounds good|sounds great|"
    "that's great|that's perfect|that's fine|that is great|that is perfect|that is fine|that's it|it works|works|works now|"
    "works well|much appreciated|appreciated|appreciate it|i appreciate it|i like it|i love it|love it|like it|beautiful|"
    "very good|very nice|will do|see you|talk soon|have a nice day|have a good day|have a nice weekend|have a great weekend|"
    "have a good weekend|have a great day|you rock|wow|yay|hurray|bravo|kudos|exactly what i wanted|just what i wanted|"
    "what i wanted|happy|very happy|no worries|no problem|you're welcome|welcome|best|impressive|neat|sweet|lol|haha|"
    "that's exactly what i wanted|that is exactly what i wanted|exactly what we wanted|that's exactly what we wanted|"
    "exactly what i needed|that's exactly what i needed|just what we needed|that's lovely|that is lovely|that's awesome|"
    "that's amazing|that was fast|that was quick|fast work|superb|stunning|spot on|top notch|first class|outstanding|"
    "marvellous|splendid|terrific|ta|thanks again|thank you again|thanks so much|thanks ever so much|thanks all|"
    "sounds perfect|fine for now|that's all|that is all|that's all for now|all good|we're good|i'm happy|we are happy|"
    "we love it|works perfectly|works like a charm|works great|looks amazing|looks awesome|looks fantastic|you're the best|"
    "you are the best|on it|acknowledged|roger|roger that|copy that|fyi|nothing else|speak soon|until tomorrow|"
    "see you tomorrow|take care|happy friday|have a lovely day|have a lovely evening|have a lovely weekend|"
    "have a nice evening|have a good evening|have a great evening|have a good night|have a good one|have a wonderful day|"
    "have a wonderful weekend|enjoy your weekend|enjoy your evening|enjoy the weekend|good night|thank you both|thanks both|"
    "thank you everyone|that looks fantastic|that looks great|that looks good|that looks perfect|that looks lovely|"
    "that looks amazing|this looks great|this looks good|this looks perfect|it looks great|it looks good|it looks perfect|"
    "it looks lovely|looks wonderful",
    approve="yes|yep|yeah|yup|sure|of course|approve|approved|i approve|i approve it|i approve this|go ahead|agreed|i agree|"
    "accepted|accept|confirm|confirmed|yes please|that's right|correct|right|go for it|green light|lgtm|sign off|signed off|"
    "ok for me|fine by me|fine with me|yes go ahead|yes do that|ok go ahead|please proceed|proceed|please go ahead|"
    "yes that's fine|that's approved|this is approved|you have my approval|thumbs up|yes approved",
    decline="no|nope|nah|no thanks|no thank you|decline|declined|reject|rejected|i decline|i reject|not approved|i do not approve|"
    "i don't approve|disapprove|disapproved|i disagree|not like this|not like that|rather not|please don't|better not|"
    "no way|certainly not|absolutely not|i don't agree|i do not agree|don't agree|no not yet|not yet|i don't accept|"
    "no do not",
    publish="publish|publish it|publish this|publish that|go live|make it live|put it live|put it online|take it live|release|"
    "release it|deploy|deploy it|ship it|push it live|bring it live|bring it online|launch it|make it public|set it live|"
    "take it online|put this live|put it up|publish now|please release|go live now|let's go live|make it go live|"
    "roll it out|roll out|release this|ship this|publish the page|publish the site|publish the changes",
    help="help|help me|how does this work|how does it work|what can you do|what can i do|what can i write|what can i ask|"
    "what commands are there|commands|instructions|manual|how do i use this|how do i use it|how can i use this|usage|"
    "what can i say|what are the commands|what can i write to you|what can i tell you|how do you work|who are you|"
    "what do you do|how can i stop it|what are my options|which words can i use",
    build="build|build it|rebuild|run the build|start the build|build the site|build the page|build the project|build again|"
    "build it again",
    commit="commit|commit it|commit the changes|commit everything|commit this|commit changes",
    push="push|push it|push the changes|push everything|push this|push the branch|push changes",
    preview="preview|show me a preview|show a preview|a preview|preview link|send me a preview|send a preview|send me the preview|"
    "make a preview|"
    "show me the preview|show the preview|send me the link to the preview|the preview",
    fillers="show|send|give|please|pls|plz|kindly|just|now|right now|immediately|at once|asap|again|then|so|and|but|oh|ah|hey|sorry|"
    "well|actually|yet|already|also|really|very|much|too|quickly|for now|for today|today|the|a|an|it|this|that|these|those|"
    "you|i|me|my|us|we|your|to|for|with|of|on|in|is|are|all|everything|work|working|job|task|command|request|run|running|"
    "process|message|mail|email|can you|could you|would you|will you|can we|may i|i want to|i want you to|i'd like to|"
    "i'd like you to|i would like to|i would like you to|you can|you may|let's|let us|do|doing|what you are doing|"
    "what you're doing|whatever you are doing|here|there|more|so far|as well|everyone|team|guys|dear|help|everybody|agent|"
    "quick|fast|lot|once more|if possible|if you can|for your help|for your time|for your patience|for your effort|"
    "for your efforts|for your support|for the support|for the quick reply|for the reply|for the update|"
    "for the quick turnaround|for the info|for the information|for the explanation|for explaining|for fixing it|"
    "for fixing that|for doing this|for doing that|for letting me know|from all of us|from me|from the whole team|"
    "to the whole team|everyone here|so quickly|hermes team|for me|still|great help|amazing work|for everything|indeed|yes|"
    "absolutely|totally|wow|such|once again|after all|instead|both|for getting back|for getting back to me|so fast|so soon|"
    "that fast",
    taken_back="change|changes|last change|last changes|the last change|latest change|previous change|last edit|edit|edits|"
    "last one|the last one|last commit|"
    "last step|last thing|last request|what you did|what you changed|what you have done|what you just did|your change|your changes|"
    "your last change|modification|"
    "last modification|modifications",
    excuses="i made a mistake|my mistake|my bad|that was wrong|it was wrong|that was a mistake|i was wrong|i changed my mind|"
    "i have changed my mind|wrong page|wrong mail|wrong thread|wrong file|wrong one|by mistake|i misspoke|"
    "i didn't mean that|i did not mean that|that was not what i meant|something is wrong|this is wrong|that's wrong|"
    "that is wrong|not needed any more|not needed anymore|no longer needed|it's not needed|i need to think|i have to think|"
    "let me think|i have to check something|let me check|i need to check something|i don't like it|i do not like it|"
    "i didn't like it|we don't need it|we do not need it|i don't need it|not what i wanted|that is not what i wanted|"
    "that's not what i wanted|it is not what i wanted|that's the wrong page|that was the wrong page|it's the wrong page|"
    "wrong picture|wrong text|wrong version|wrong project|wrong address|wrong recipient|sent by mistake|sent too early|"
    "sent too soon|that was meant for someone else|this was meant for someone else|that was not for you|"
    "this was not for you|i need to check first|i need to ask first|i was too quick|too early",
    subjects="the|this|that|it|its|it's|these|those|my|our|your|their|his|her|he|she|they|we|i|everybody|everyone|nobody|"
    "someone|somebody|client|clients|customer|customers|boss|management|legal|marketing|now",
    blames="hates|hate|hated|dislikes|dislike|disliked|doesn't like|does not like|didn't like|did not like|don't like|"
    "do not like|likes not|complained|complains|complaining|complain|objected|objects|refused|rejected|is against|"
    "are against|isn't happy|is not happy|are not happy|aren't happy|not pleased|not satisfied|unhappy|annoyed|angry|"
    "upset|furious|looks awful|look awful|looks terrible|looks horrible|looks ugly|looks bad|looks wrong|looks weird|"
    "looks worse|looks strange|is ugly|is awful|is terrible|is horrible|is wrong|is worse|was wrong|was better|"
    "was nicer|were better|looked better|looked nicer|is broken|are broken|broke|breaks|is unreadable|doesn't work|"
    "does not work|changed their mind|changed his mind|changed her mind|changed my mind|changed our minds|"
    "changed its mind|preferred|prefers the old|prefer the old|liked the old|likes the old|want the old|"
    "wants the old|wants it back|want it back",
    wishes="should|must|instead|rather|please|could|would|can|needs|need|make|change|add|use|put|but",
    apologies="sorry|so sorry|very sorry|i'm sorry|i am sorry|i'm so sorry|sorry about that|sorry for that|apologies|"
    "my apologies|i apologize|i apologise|oops|whoops|sorry for the confusion|sorry for the trouble",
    greetings="hello|hi|hey|dear|good morning|good afternoon|good evening|good day|hiya|howdy|greetings|morning|hi there|hello there",
    questions="who|whose|whom|what|which|where|when|why|how|did you|did|does|do|is|are|was|were|has|have|had|have you|has it|is it|"
    "is there|are there|am i|"
    "whats|what's|wheres|where's|whos|who's|whys|why's|hows|how's|isn't|aren't|doesn't|didn't|don't|hasn't|haven't|wasn't|will it|"
    "will there|should it|"
    "can i|may i|could i|must i|should i|in which|on which|at which|to which|for which|by when|since when|until when|from where",
    requests="can you|could you|would you|will you|can we|could we|would it be possible|is it possible to|is it possible for you|"
    "may i ask you to|might you|"
    "how about|what about|why don't you|why don't we|why not|do you mind|would you mind|can this|could this|can the|could the|"
    "can that|could that|"
    "shall we|should we|are you able to|do you think you could|do you think you can|please|can it|could it|won't you|can't you",
    telling="can you tell|could you tell|would you tell|can you explain|could you explain|would you explain|can you say|"
    "could you say|can you describe|"
    "could you describe|can you summarise|can you summarize|could you summarise|could you summarize|can you remind me|"
    "could you remind me|can you list|could you list|"
    "can you confirm|could you confirm|do you know|please tell me|please explain|tell me|explain|please let me know|let me know|"
    "can you let me know|could you let me know",
)
